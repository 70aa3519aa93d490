"""Does the virtual loop behave like asyncio's, only without waiting?"""

import asyncio
import gc
import sys
import time

import pytest

from seethrough.budget import OutOfBudget, limited
from seethrough.eventloop import Deadlock, Endless, levels, record, run, timeline, watch


async def fetch(name, seconds):
    await asyncio.sleep(seconds)
    return name


async def three_at_once():
    async with asyncio.TaskGroup() as group:
        for name in "abc":
            group.create_task(fetch(name, 0.2))


def clean():
    """Nothing of the virtual loop is left behind."""
    return asyncio._get_running_loop() is None and time.sleep.__module__ == "time"


def test_does_an_hour_of_sleep_take_no_time_and_does_the_clock_show_it():
    async def main():
        began = time.perf_counter()
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time(), time.perf_counter() - began

    assert run(main()) == (3600, 3600)
    assert clean()


def test_is_what_main_returns_or_raises_what_run_gives_me():
    async def fails():
        await asyncio.sleep(1)
        raise LookupError("gone")

    assert run(fetch("a", 1)) == "a"
    with pytest.raises(LookupError, match="gone"):
        run(fails())
    assert clean()


def test_am_i_told_kindly_when_i_pass_the_function_instead_of_calling_it():
    with pytest.raises(TypeError, match=r"such as main\(\)"):
        run(three_at_once)


def test_can_i_call_it_where_a_loop_already_runs():
    async def outer():
        me, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert run(fetch("inner", 5)) == "inner"
        assert asyncio.current_task() is me
        assert asyncio.get_running_loop() is loop
        await asyncio.sleep(0)
        with pytest.raises(ZeroDivisionError):
            run(divide())
        assert asyncio.current_task() is me
        async with asyncio.timeout(5):
            await asyncio.sleep(0)

    async def divide():
        return 1 / 0

    asyncio.run(outer())


def test_can_a_virtual_loop_run_inside_another():
    async def outer():
        await asyncio.sleep(1)
        inner = run(fetch("inner", 5))
        await asyncio.sleep(1)
        return inner, asyncio.get_running_loop().time()

    assert run(outer()) == ("inner", 2)


def test_is_a_deadlock_noticed_and_does_it_say_who_waits_where():
    async def main():
        queue = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            group.create_task(queue.get(), name="worker")
            group.create_task(fetch("a", 1))

    with pytest.raises(Deadlock) as caught:
        run(main())
    assert str(caught.value) == (
        "at 1 s every task waits and no timer is left: "
        "main waits for TaskGroup; worker waits for Queue.get"
    )
    assert clean()


def test_does_a_program_without_end_come_to_one():
    async def main():
        while True:
            await asyncio.sleep(1)

    with pytest.raises(Endless, match=r"turned 100 times, up to \d+ s"):
        run(main(), turns=100)


def test_does_a_task_that_refuses_to_be_cancelled_hang_the_notebook():
    async def stubborn():
        while True:
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                continue

    async def main():
        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0.5)
        assert not task.done()

    with pytest.raises(Endless):
        run(main(), turns=100)
    gc.collect()
    assert clean()


@pytest.mark.parametrize("where", ["main", "task", "swallowed", "callback", "thread"])
def test_does_a_used_up_budget_come_out_of_the_loop_and_leave_it_clean(where):
    async def spin():
        while True:
            pass

    def spin_here():
        while True:
            pass

    async def main():
        if where == "main":
            await spin()
        elif where == "task":
            async with asyncio.TaskGroup() as group:
                group.create_task(spin())
        elif where == "swallowed":
            await asyncio.gather(spin(), return_exceptions=True)
        elif where == "callback":
            asyncio.get_running_loop().call_later(1, spin_here)
            await asyncio.sleep(2)
        else:
            await asyncio.to_thread(spin_here)

    with pytest.raises(OutOfBudget), limited(steps=20_000):
        run(main())
    assert clean()
    assert run(fetch("next", 1)) == "next"


def test_does_ctrl_c_come_out():
    async def main():
        async with asyncio.TaskGroup() as group:
            group.create_task(interrupted())

    async def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(main())
    assert clean()


def test_are_leftover_tasks_and_generators_closed_as_asyncio_run_does():
    said = []

    async def ticker():
        try:
            while True:
                yield 1
                await asyncio.sleep(1)
        finally:
            said.append("generator closed")

    async def background():
        try:
            await asyncio.sleep(99)
        finally:
            said.append("task cancelled")

    async def main():
        task = asyncio.create_task(background())
        ticks = ticker()
        await anext(ticks)
        await asyncio.sleep(0)
        return task, ticks

    task, ticks = run(main())
    assert said == ["task cancelled", "generator closed"]
    assert task.cancelled()
    del ticks


def test_does_a_blocking_sleep_hold_up_everybody():
    async def main():
        async with asyncio.TaskGroup() as group:
            group.create_task(fetch("a", 0.1))
            await asyncio.sleep(0.05)
            time.sleep(0.4)

    recording = record(main())
    assert recording.lane("main").total("runs") == pytest.approx(0.4)
    late = recording.lane("fetch a")
    assert late.total("ready") == pytest.approx(0.35)
    assert late.total("waits") == pytest.approx(0.1)
    assert late.ended == pytest.approx(0.45)


def test_does_to_thread_leave_the_loop_free_and_bring_back_value_and_error():
    def read(path):
        time.sleep(0.3)
        return path.upper()

    def fail():
        time.sleep(0.1)
        raise OSError("no disk")

    async def main():
        async with asyncio.TaskGroup() as group:
            text = group.create_task(asyncio.to_thread(read, "a"))
            group.create_task(fetch("b", 0.1))
        with pytest.raises(OSError, match="no disk"):
            await asyncio.to_thread(fail)
        return text.result(), asyncio.get_running_loop().time()

    assert run(main()) == ("A", 0.4)
    recording = record(main())
    assert recording.lane("fetch b").ended == 0.1
    assert recording.lane("thread: read").total("thread") == pytest.approx(0.3)


def test_what_does_the_log_of_a_small_program_say(capsys):
    async def main():
        task = asyncio.create_task(fetch("a", 0.2))
        await asyncio.sleep(0)
        return await task

    run(main(), trace=True)
    assert capsys.readouterr().out.splitlines() == [
        "  0.00  main          runs",
        "  0.00  main          creates fetch a",
        "  0.00  main          steps aside",
        "  0.00  fetch a       runs",
        "  0.00  fetch a       waits for sleep",
        "  0.00  main          runs",
        "  0.00  main          waits for fetch a",
        "  0.20  fetch a       runs",
        "  0.20  fetch a       returned 'a'",
        "  0.20  main          runs",
        "  0.20  main          returned 'a'",
    ]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: asyncio.Event().wait(), "Event.wait"),
        (lambda: asyncio.Queue().get(), "Queue.get"),
        (lambda: asyncio.Semaphore(0).acquire(), "Semaphore.acquire"),
        (lambda: asyncio.gather(asyncio.Event().wait()), "gather"),
        (lambda: asyncio.wait({asyncio.ensure_future(asyncio.Event().wait())}), "wait"),
        (lambda: asyncio.get_running_loop().create_future(), "a Future"),
    ],
)
def test_is_what_a_task_waits_for_named(make, words):
    async def main():
        await make()

    recording = record(main())
    assert isinstance(recording.error, Deadlock)
    assert f"main waits for {words}" in str(recording.error)


def test_are_siblings_cancelled_in_the_same_order_each_time():
    said = []

    async def worker(number):
        try:
            await asyncio.sleep(9)
        finally:
            said.append(number)

    async def main():
        async with asyncio.TaskGroup() as group:
            for number in range(20):
                group.create_task(worker(number))
            await asyncio.sleep(1)
            raise ValueError

    with pytest.raises(ExceptionGroup):
        run(main())
    assert said == list(range(20))


def test_do_names_count_from_one_as_in_a_fresh_script():
    async def main():
        plain = asyncio.create_task(fetch("a", 1))
        named = asyncio.create_task(fetch("b", 1), name="second")
        return asyncio.current_task().get_name(), plain.get_name(), named.get_name()

    assert run(main()) == ("Task-1", "Task-2", "second")
    assert run(main()) == ("Task-1", "Task-2", "second")


def test_are_lanes_named_after_the_coroutine_and_its_first_argument():
    async def main():
        await asyncio.gather(fetch("a", 1), fetch("a", 1), fetch("x" * 40, 1))

    assert [lane.name for lane in record(main()).lanes] == [
        "main",
        "fetch a",
        "fetch a #2",
        "fetch",
    ]


def test_do_eager_tasks_run_before_create_task_returns():
    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        task = asyncio.create_task(fetch("a", 0.1))
        await asyncio.create_task(asyncio.sleep(0))
        await task

    log = [(name, words) for _, name, words in record(main()).log]
    assert log[2:4] == [("fetch a", "runs at once"), ("fetch a", "waits for sleep")]


@pytest.mark.skipif(sys.version_info < (3, 14), reason="create_task(eager_start=…) is from 3.14")
def test_does_eager_start_work_task_by_task():
    async def main():
        task = asyncio.get_running_loop().create_task(fetch("a", 0.1), eager_start=True)
        await task

    assert ("fetch a", "runs at once") in [entry[1:] for entry in record(main()).log]


def test_is_an_exception_that_nobody_looks_at_reported_in_one_line(capsys):
    async def boom():
        raise ValueError("x")

    async def main():
        asyncio.create_task(boom())  # noqa: RUF006 - that is the mistake
        await asyncio.sleep(1)

    run(main())
    said = capsys.readouterr().out
    assert said == "[asyncio] Task exception was never retrieved (boom: ValueError: x)\n"


def test_is_a_task_that_nobody_holds_lost_here_too(capsys):
    async def background():
        await asyncio.get_running_loop().create_future()

    async def main():
        asyncio.create_task(background())  # noqa: RUF006 - that is the mistake
        await asyncio.sleep(0)
        gc.collect()
        return len(asyncio.all_tasks())

    assert run(main()) == 1
    assert "Task was destroyed but it is pending! (background)" in capsys.readouterr().out


def test_does_debug_mode_report_a_slow_step(caplog):
    async def main():
        time.sleep(0.3)

    run(main(), debug=True)
    assert "took 0.300 seconds" in caplog.text
    assert "name='Task-1'" in caplog.text


async def pipeline(pause):
    queue = asyncio.Queue(3)
    watch("queue", queue.qsize, limit=3)

    async def produce():
        for item in range(6):
            await queue.put(item)
            await asyncio.sleep(0.1)
        queue.shutdown()

    async with asyncio.TaskGroup() as group:
        group.create_task(produce())
        try:
            while True:
                await queue.get()
                await asyncio.sleep(pause)
        except asyncio.QueueShutDown:
            pass


def test_is_a_queues_length_recorded_at_each_change():
    level = record(pipeline(0.25)).levels["queue"]
    assert level.highest == 3
    assert level.changes[0] == (0, 0)
    assert record(pipeline(0.05)).levels["queue"].highest == 1


def test_does_watch_do_nothing_under_an_ordinary_loop():
    asyncio.run(pipeline(0))


def test_are_two_pictures_of_one_program_the_same_to_the_letter():
    for draw in (timeline, levels):
        one = draw({"fast": pipeline(0.05), "slow": pipeline(0.25)})
        two = draw({"fast": pipeline(0.05), "slow": pipeline(0.25)})
        assert one.svg == two.svg
        assert repr(one) == repr(two)
        assert "data-measured" not in one.svg


def test_what_does_a_timeline_look_like_in_text():
    assert repr(timeline(three_at_once())).splitlines() == [
        "three_at_once  |···········································|  returned at 0.20 s",
        "fetch a        |···········································|  returned 'a' at 0.20 s",
        "fetch b        |···········································|  returned 'b' at 0.20 s",
        "fetch c        |···········································|  returned 'c' at 0.20 s",
        "               0                                      0.20 s",
        "| a step, of no length, · waits",
    ]


def test_is_a_program_that_takes_no_time_or_fails_drawn_too():
    async def nothing():
        pass

    async def fails():
        await asyncio.sleep(0.1)
        raise LookupError

    assert "returned at 0.00 s" in repr(timeline(nothing()))
    assert "raised LookupError at 0.10 s" in repr(timeline(fails(), title="it fails"))


def test_is_a_picture_cut_where_it_is_full_and_does_it_say_so():
    async def beat():
        while True:
            await asyncio.sleep(1)

    async def short():
        await asyncio.sleep(2)

    picture = timeline({"long": beat(), "short": short()})
    words = (
        "Cut at 150 s of 25000 s, where the picture is full: the run has 50,004 steps and waits."
    )
    assert repr(picture).splitlines()[-1] == words
    assert f">{words}</text>" in picture.svg
    assert "goes on at 150.00 s" in repr(picture)
    assert "returned at 2.00 s" in repr(picture)
    assert picture.svg.count("<rect") < 320


def test_is_a_picture_cut_that_is_full_before_any_time_passes():
    async def spin():
        while True:
            await asyncio.sleep(0)

    assert "Cut at 0 s of 0 s" in repr(timeline(spin()))


def test_is_a_picture_of_many_tasks_cut():
    async def many():
        async with asyncio.TaskGroup() as group:
            for _ in range(2_000):
                group.create_task(asyncio.sleep(1))

    picture = timeline(many())
    assert "the run has" in repr(picture)
    assert picture.svg.count("<rect") <= 1_502


def test_is_a_picture_that_fits_drawn_whole():
    async def beats():
        for _ in range(149):
            await asyncio.sleep(1)

    assert "Cut" not in repr(timeline(beats()))


def test_am_i_told_when_nothing_was_watched():
    with pytest.raises(ValueError, match="nothing was watched"):
        levels(three_at_once())
