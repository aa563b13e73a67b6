from .money import Money as Money, round_up
