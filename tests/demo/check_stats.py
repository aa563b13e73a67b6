"""What the figures must be."""

import unittest

from stats import mean, median


class Figures(unittest.TestCase):
    def test_mean(self) -> None:
        self.assertEqual(mean([1, 2, 6]), 3)

    def test_median_of_an_odd_number(self) -> None:
        self.assertEqual(median([5, 1, 3]), 3)

    def test_median_of_an_even_number(self) -> None:
        self.assertEqual(median([4, 1, 3, 2]), 2.5)
