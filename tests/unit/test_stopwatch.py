"""Stage times."""

from newsfold.pipeline.stopwatch import Stopwatch
from newsfold.pipeline.types import Stage


def test_only_visited_stages_are_reported_in_pipeline_order() -> None:
    """The order of the visits does not matter."""
    clock = Stopwatch()
    with clock.stage(Stage.WRITE), clock.stage(Stage.CLEAN):
        pass
    assert [t.stage for t in clock.timings()] == [Stage.CLEAN, Stage.WRITE]


def test_overlapping_visits_of_a_stage_count_once() -> None:
    """Two stories written at the same time take the time of one."""
    clock = Stopwatch()
    with clock.stage(Stage.WRITE):
        with clock.stage(Stage.WRITE):
            pass
        assert not clock.timings()
    assert len(clock.timings()) == 1
