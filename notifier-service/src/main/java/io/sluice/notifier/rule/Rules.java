package io.sluice.notifier.rule;

import io.sluice.contracts.event.TaskEvent;
import io.sluice.notifier.rule.Alert.State;
import io.sluice.notifier.rule.Watch.Case;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Judges events by every rule. Time is the time of the events, so it makes no difference when they are read: what piled
 * up while nobody read is judged as it would have been then. Events of one task must come in their order; figures that
 * come late or again change nothing. Thread-safe, as it remembers nothing.
 */
public final class Rules {

    /** Figures come every few seconds. When none came for so long, nobody knows what was in between. */
    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(2);

    private final List<Rule> rules;

    public Rules(RuleSettings settings) {
        this.rules = List.of(
                new AbnormalRule(settings.retryingFor(), settings.healthyFor()),
                new LagRule(settings.lagAboveFor(), settings.lagBelowFor()),
                new SlotRule(settings.slotBytes(), settings.slotSafeFor()),
                new LoadRule(settings.loadFor()),
                new AutoStopRule(),
                new ComparisonRule());
    }

    public Judgement judge(Watch watch, TaskEvent event) {
        Instant newsAt = watch.newsAt();
        boolean figures = event.kind() == TaskEvent.Kind.VITALS;
        if (figures && newsAt != null && !event.at().isAfter(newsAt)) {
            return new Judgement(watch, List.of());
        }
        boolean silent = newsAt != null && event.at().isAfter(newsAt.plus(LONGEST_SILENCE));
        List<Change> changes = new ArrayList<>();
        Watch now = figures ? watch.heard(event.at()) : watch;
        for (Rule rule : rules) {
            Case before = now.of(rule.kind());
            if (silent && rule.needsNews()) {
                before = before.undecided();
            }
            Case marked = before.marked(rule.mark(event, before.marks()));
            now = now.with(rule.kind(), judge(rule, marked, event, changes));
        }
        return new Judgement(now, changes);
    }

    private static Case judge(Rule rule, Case before, TaskEvent event, List<Change> changes) {
        return switch (rule.look(event, before.marks())) {
            case Finding.NoNews() -> before;
            case Finding.Unknown() -> before.undecided();
            case Finding.Bad(Instant since, String subject, String message) -> {
                Case bad = before.bad(since);
                Instant badSince = bad.badSince() == null ? since : bad.badSince();
                boolean fires = !bad.firing()
                        && (bad.wasGood() || !rule.needsGoodFirst())
                        && hasLasted(badSince, rule.firesAfter(), event.at());
                yield fires
                        ? change(rule, bad, new Alert(State.FIRING, badSince), event, subject, message, changes)
                        : bad;
            }
            case Finding.Good(String subject, String message) -> {
                Case good = before.good(event.at());
                yield good.firing() && hasLasted(good.goodSince(), rule.resolvesAfter(), event.at())
                        ? resolve(rule, good, event, subject, message, changes)
                        : good;
            }
            case Finding.Over(String subject, String message) -> {
                Case over = before.over();
                yield over.firing() ? resolve(rule, over, event, subject, message, changes) : over;
            }
            case Finding.End(String subject, String message) ->
                resolve(rule, before.over(), event, subject, message, changes);
        };
    }

    private static Case resolve(
            Rule rule, Case now, TaskEvent event, String subject, String message, List<Change> changes) {
        Instant since = now.firing() && now.alert() != null ? now.alert().since() : event.at();
        String lasted = now.firing() ? " The alert was firing since " + Words.time(since) + "." : "";
        return change(rule, now, new Alert(State.RESOLVED, since), event, subject, message + lasted, changes);
    }

    private static Case change(
            Rule rule, Case now, Alert alert, TaskEvent event, String subject, String message, List<Change> changes) {
        changes.add(new Change(
                rule.kind(),
                alert,
                "[" + alert.state() + "] Task " + event.taskName() + " " + subject,
                "Task " + event.taskName() + " " + subject + ". " + message));
        return now.with(alert);
    }

    private static boolean hasLasted(@Nullable Instant since, Duration wanted, Instant at) {
        return since != null && !at.isBefore(since.plus(wanted));
    }
}
