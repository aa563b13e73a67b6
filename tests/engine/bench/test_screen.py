"""What a person saw, and how long it took."""

from __future__ import annotations

from midfill.engine.bench.screen import Screen, begins_alike


def test_a_suggestion_is_there_when_it_arrives() -> None:
    screen = Screen()
    screen.strike(1.0, "typing", "r", "eturn x")
    screen.show(1.25, "eturn y")
    [key] = screen.keys
    assert (key.first, key.shown, key.right, key.waited) == (0.25, 0.25, 0.25, 0.25)


def test_one_that_is_typed_into_stays() -> None:
    screen = Screen()
    screen.strike(1.0, "typing", "r", "eturn x")
    screen.show(1.5, "eturn y")
    screen.strike(2.0, "typing", "e", "turn x")
    assert screen.text == "turn y"
    assert screen.keys[1].first == 0


def test_one_that_typing_disagrees_with_goes() -> None:
    screen = Screen()
    screen.strike(1.0, "typing", "r", "eturn x")
    screen.show(1.5, "aise")
    screen.strike(2.0, "typing", "e", "turn x")
    assert screen.text == ""
    assert screen.keys[1].shown is None


def test_deleting_takes_it_away() -> None:
    screen = Screen()
    screen.strike(1.0, "typing", "r", "eturn")
    screen.show(1.5, "eturn")
    screen.strike(2.0, "typing", "", "return")
    assert screen.text == ""


def test_one_that_is_typed_to_its_end_is_gone() -> None:
    screen = Screen()
    screen.strike(1.0, "typing", "r", "et")
    screen.show(1.5, "e")
    screen.strike(2.0, "typing", "e", "t")
    assert screen.keys[1].shown is None


def test_a_key_waits_through_the_keys_after_it() -> None:
    screen = Screen()
    screen.strike(1.0, "jump", "r", "eturn")
    screen.strike(2.0, "typing", "e", "turn")
    screen.show(2.5, "turn")
    assert [key.waited for key in screen.keys] == [1.5, 0.5]
    assert [key.shown for key in screen.keys] == [None, 0.5]


def test_a_key_that_was_told_there_is_nothing_does_not_wait() -> None:
    screen = Screen()
    screen.strike(1.0, "typing", "r", "eturn")
    screen.strike(2.0, "typing", "e", "turn")
    screen.nothing()
    screen.strike(3.0, "typing", "t", "urn")
    screen.show(3.5, "urn")
    assert [key.waited for key in screen.keys] == [2.5, None, 0.5]
    assert [key.silent for key in screen.keys] == [False, True, False]


def test_an_empty_answer_takes_nothing_back() -> None:
    screen = Screen()
    screen.strike(1.0, "typing", "r", "eturn")
    screen.show(1.5, "eturn")
    screen.nothing()
    assert (screen.keys[0].waited, screen.keys[0].silent) == (0.5, False)


def test_a_key_that_is_left_waiting_has_waited_at_least_so_long() -> None:
    screen = Screen()
    screen.strike(1.0, "typing", "r", "eturn")
    screen.leave(4.0)
    screen.strike(9.0, "jump", "a", "b")
    screen.show(9.5, "b")
    assert [key.waited for key in screen.keys] == [3.0, 0.5]


def test_a_suggestion_is_right_by_its_first_word() -> None:
    assert begins_alike("self.left", "self.right")
    assert begins_alike("\n    return x", "\n    return y")
    assert not begins_alike("self_test", "self.right")
    assert not begins_alike("x", "")
    assert not begins_alike("", "")
