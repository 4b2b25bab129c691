package io.sluice.apply.batch;

/** How much a plan relies on the target being where the source was. */
public enum PlanMode {
    /**
     * Every row is where the changes say: new rows are inserted, others updated. The cheapest statements; what they meet
     * must be counted, since a row that is not as expected makes the plan void.
     */
    STRICT,
    /** Rows may be there or not: what the changes come to is on the target in the end. */
    LENIENT,
    /** One change alone, in steps that each leave the target as it is where it is not as expected. */
    EXACT
}
