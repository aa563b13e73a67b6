"""Repair: code fixed by a model, checked before anybody sees it."""
