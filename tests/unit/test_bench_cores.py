"""What the benchmark puts where, and how it reads what the kernel counts."""

import os

from tests.bench import processes
from tests.bench.cores import Cores
from tests.bench.scale_keys import new_groups
from tests.bench.soak import growth_share


def test_the_gateway_has_a_core_of_its_own():
    assert Cores.split({0, 1}) == Cores(gateway=1, rest=frozenset({0}))
    assert Cores.split({2, 3, 5, 7}) == Cores(gateway=7, rest=frozenset({2, 3, 5}))
    assert not Cores.split({0, 1}).are_shared


def test_a_single_core_is_shared_and_says_so():
    assert Cores.split({4}).are_shared


def test_our_own_cost_can_be_read():
    ids = [os.getpid()]
    before = processes.cpu_seconds(ids)
    sum(range(2_000_000))
    assert processes.cpu_seconds(ids) >= before > 0
    assert processes.busy_seconds(0) > 0 == processes.busy_seconds(None)
    # The kernel counts pages in batches for each core, so the two may be a little apart.
    assert processes.resident_mib(ids) > 1
    assert processes.peak_mib(ids) > 0.9 * processes.resident_mib(ids)


def test_a_process_that_is_gone_costs_nothing_more():
    gone = [2**22 + 1]
    assert processes.cpu_seconds(gone) == processes.peak_mib(gone) == 0
    assert processes.family(gone[0]) == []


def test_memory_that_only_swings_is_flat_and_memory_that_climbs_is_not():
    assert abs(growth_share([50, 90, *[100, 104] * 50])) < 0.05
    assert growth_share([100 + second for second in range(100)]) > 0.5
    assert growth_share([]) == 0


def test_each_key_of_a_grown_installation_has_its_team_exactly_once():
    groups = [*new_groups(1, 10, 10), *new_groups(11, 1000, 10), *new_groups(1001, 1005, 10)]
    assert groups == list(range(1005 // 10 + 1))
    assert [*new_groups(1, 10, 1), *new_groups(11, 12, 1)] == list(range(1, 13))
