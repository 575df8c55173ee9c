"""Sampling designs: how clusters are counted and what is refused."""

import numpy as np
import pytest

from surveys.design import survey_design
from surveys.errors import InvalidDesign

STRATA = np.array(["a", "a", "b", "b", "b"])


def test_without_columns_each_row_is_a_cluster_of_one_stratum():
    design = survey_design(4)
    assert (design.rows, design.clusters, design.strata, design.degrees_of_freedom) == (4, 4, 1, 3)


def test_a_cluster_label_counts_inside_its_stratum():
    design = survey_design(5, stratum=STRATA, cluster=np.array(["1", "2", "1", "1", "2"]))
    assert (design.clusters, design.strata, design.degrees_of_freedom) == (4, 2, 2)
    assert design.sampled.tolist() == [2, 2]


def test_population_sizes_alone_give_the_weights():
    design = survey_design(5, stratum=STRATA, fpc=np.array([10, 10, 30, 30, 30.0]))
    assert design.weights.tolist() == [5, 5, 10, 10, 10]


@pytest.mark.parametrize(
    ("columns", "role", "row"),
    [
        ({"weight": np.array([1, 1, -1, 1, 1.0])}, "weight", 2),
        ({"weight": np.array([1, np.nan, 1, 1, 1.0])}, "weight", 1),
        ({"weight": np.array([1, 1, 1, np.inf, 1.0])}, "weight", 3),
        ({"stratum": np.array(["a", "", "a", "a", "a"])}, "stratum", 1),
        ({"cluster": np.array([b"a", b"b", b"", b"a", b"a"])}, "cluster", 2),
        ({"fpc": np.array([4, 4, 4, 4, 4.0])}, "fpc", 0),
        ({"stratum": STRATA, "fpc": np.array([9, 9, 9, 8, 9.0])}, "fpc", 3),
        ({"fpc": np.array([9, 9, np.nan, 9, 9.0])}, "fpc", 2),
    ],
)
def test_a_bad_design_value_is_refused_with_its_place(columns, role, row):
    with pytest.raises(InvalidDesign) as refused:
        survey_design(5, **columns)
    assert (refused.value.role, refused.value.row) == (role, row)
