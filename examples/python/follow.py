#!/usr/bin/env python3
"""Keeps a copy of a task's tables in memory, transaction by transaction, and prints it at the end.

    follow.py HOST:PORT TASK      reads with confluent-kafka until Ctrl-C
    follow.py -                   reads the values of records, one on each line, from its input

The records of the topic of snapshots come first, where there are any: then the copy begins with the rows of the last
snapshot that is whole. It prints one JSON object: for each table its rows, in the order of their keys.
"""

import json
import sys


class Copy:
    """The tables as the source had them after the last transaction that has ended."""

    def __init__(self):
        self.tables = {}
        self.open = []
        self.read = {}  # rows of snapshots that have no end yet, by snapshot
        self.seen = {}  # what the snapshot of a table has seen

    def add(self, record):
        if "snapshot" in record:
            self.mark(record)
        elif record.get("op") == "r":
            self.read.setdefault(record["source"]["snapshot"], []).append(record)
        elif record.get("status") == "END":
            for change in self.open:
                self.apply(change)
            self.open = []
        elif record["op"] == "m":  # heartbeats and commands change no row
            if record["message"]["prefix"] == "sluice.too_large":
                source = record["source"]
                raise SystemExit(f"{source['schema']}.{source['table']} has a change that no record can hold")
        elif not self.has_seen(record):
            self.open.append(record)

    def mark(self, mark):
        if mark["status"] == "BEGIN":
            self.read[mark["snapshot"]] = []
            return
        for table in mark["tables"]:
            self.tables[table["schema"] + "." + table["table"]] = []
            self.seen[table["schema"] + "." + table["table"]] = mark
        for row in self.read.pop(mark["snapshot"]):
            self.tables[row["source"]["schema"] + "." + row["source"]["table"]].append(row["after"])
        self.read = {}

    def has_seen(self, change):
        """Whether the change is in the rows of the snapshot already."""
        source = change["source"]
        mark = self.seen.get(source["schema"] + "." + source["table"])
        if mark is None:
            return False
        high, low = mark["lsn"].split("/")
        if source["lsn"] > int(high, 16) << 32 | int(low, 16):
            return False
        xmin, xmax, running = mark["visible"].split(":")
        # A change has the lower 32 bits of its transaction's number.
        xid = int(xmax) + (source["txId"] - int(xmax) + 2**31) % 2**32 - 2**31
        return xid < int(xmin) or xid < int(xmax) and str(xid) not in running.split(",")

    def apply(self, change):
        source = change["source"]
        rows = self.tables.setdefault(source["schema"] + "." + source["table"], [])
        before, after = change.get("before"), change.get("after")
        if change["op"] == "t":
            rows.clear()
            return
        old = None
        if change["op"] in ("u", "d"):
            old = self.take(rows, source["key"], before or after)
        if after is not None:
            # A large value that did not change is not sent again.
            rows.append({**(old or {}), **after})

    @staticmethod
    def take(rows, key, image):
        """Takes out the row that the image means; without a key exactly one of those that are equal to it."""
        for place, row in enumerate(rows):
            if all(row.get(column) == image.get(column) for column in key or image):
                return rows.pop(place)
        return None

    def show(self):
        ordered = {
            name: sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
            for name, rows in sorted(self.tables.items())
        }
        print(json.dumps(ordered, sort_keys=True))


def lines():
    for line in sys.stdin:
        if line.strip():
            yield json.loads(line)


def snapshots(servers, task):
    """What is in the topic of snapshots by now, if there is one."""
    from confluent_kafka import Consumer, TopicPartition

    topic = "sluice.snapshot." + task
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "follow-example"})
    try:
        if topic not in consumer.list_topics(timeout=10).topics:
            return
        first, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)
        consumer.assign([TopicPartition(topic, 0, first)])
        at = first
        while at < end:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                raise SystemExit(str(message.error()))
            at = message.offset() + 1
            yield json.loads(message.value())
    finally:
        consumer.close()


def records(servers, task):
    from confluent_kafka import Consumer  # apt install python3-confluent-kafka

    yield from snapshots(servers, task)
    consumer = Consumer({
        "bootstrap.servers": servers,
        "group.id": "follow-example",
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    })
    consumer.subscribe(["sluice.changes." + task])
    try:
        while True:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                raise SystemExit(str(message.error()))
            yield json.loads(message.value())
    finally:
        consumer.close()


def main(arguments):
    if arguments not in (["-"],) and len(arguments) != 2:
        raise SystemExit(__doc__)
    copy = Copy()
    try:
        for record in lines() if arguments == ["-"] else records(*arguments):
            copy.add(record)
    except KeyboardInterrupt:
        pass
    copy.show()


if __name__ == "__main__":
    main(sys.argv[1:])
