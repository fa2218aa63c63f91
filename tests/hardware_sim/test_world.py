"""The world's clock: order, calling off, and the same chance in every run."""

from hardware_sim.world import World


def test_things_happen_in_the_order_of_their_times_and_then_of_their_planning() -> None:
    world, seen = World(), list[str]()
    world.at(20, lambda: seen.append("second"))
    world.at(10, lambda: seen.append("first"))
    world.at(20, lambda: seen.append("third"))
    world.run_until(30)
    assert seen == ["first", "second", "third"]
    assert world.now_us == 30


def test_what_is_planned_by_what_happens_counts_too() -> None:
    world, seen = World(), list[int]()

    def plan() -> None:
        world.after(5, lambda: seen.append(world.now_us))

    world.at(10, plan)
    world.run_until(14)
    assert seen == []
    world.run_until(15)
    assert seen == [15]


def test_what_is_planned_for_the_past_happens_now() -> None:
    world, seen = World(now_us=100), list[int]()
    world.at(50, lambda: seen.append(world.now_us))
    world.run_until(100)
    assert seen == [100]


def test_what_is_called_off_does_not_happen() -> None:
    world, seen = World(), list[int]()
    world.at(10, lambda: seen.append(1)).call_off()
    assert world.next_us() is None
    assert not world.step()
    assert seen == []


def test_chance_repeats_with_the_seed_and_differs_by_purpose() -> None:
    first, again, other = World(7), World(7), World(8)
    draws = [first.chance("door A1").random(), again.chance("door A1").random()]
    assert draws[0] == draws[1]
    assert first.chance("door A2").random() != draws[0]
    assert other.chance("door A1").random() != draws[0]
