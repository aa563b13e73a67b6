"""The completion pipeline: trigger, cache, prompt, generation, filters."""
