"""The feed: the state whole, then every change, none missed and none twice."""

import threading

from hardware_sim.bench.feed import KEPT, Feed

SOON_S = 0.05


def test_who_comes_late_gets_the_state_whole_and_then_the_changes_only() -> None:
    feed = Feed()
    feed.set("door", "shut")
    feed.add("entries", [1, 2])

    with feed.listener() as listener:
        assert listener.whole == {"door": "shut", "entries": [1, 2]}
        feed.set("door", "open")
        feed.add("entries", [3])
        assert listener.changes(SOON_S) == [{"set": {"door": "open"}}, {"add": {"entries": [3]}}]


def test_a_value_that_is_the_same_as_before_is_no_change() -> None:
    feed = Feed()
    feed.set("door", "shut")
    with feed.listener() as listener:
        feed.set("door", "shut")
        feed.add("entries", [])
        assert listener.changes(SOON_S) == []


def test_rows_are_kept_so_far_and_no_further() -> None:
    feed = Feed()
    feed.add("frames", range(KEPT + 5))
    assert feed.value("frames") == list(range(5, KEPT + 5))


def test_who_leaves_is_told_nothing_more_and_others_are() -> None:
    feed = Feed()
    with feed.listener() as one:
        with feed.listener() as other:
            assert feed.watched
        feed.set("door", "open")
        assert one.changes(SOON_S) == [{"set": {"door": "open"}}]
        assert other.changes(SOON_S) == []
    assert not feed.watched


def test_the_end_reaches_who_waits_and_who_comes_after() -> None:
    feed = Feed()
    with feed.listener() as waiting:
        threading.Timer(SOON_S, feed.end).start()
        assert waiting.changes(10.0) == []
        assert waiting.ended
    with feed.listener() as late:
        assert late.changes(10.0) == []
        assert late.ended


def test_of_changes_made_by_two_threads_a_listener_that_joins_meanwhile_misses_none() -> None:
    feed = Feed()
    feed.add("rows", ())

    def write() -> None:
        for number in range(200):
            feed.add("rows", [number])

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    with feed.listener() as listener:
        for thread in threads:
            thread.join()
        rows = [row for change in listener.changes(SOON_S) for row in change["add"]["rows"]]
        assert sorted([*listener.whole["rows"], *rows])[-2:] == [199, 199]
        assert len(rows) + len(listener.whole["rows"]) >= min(KEPT, 400)
