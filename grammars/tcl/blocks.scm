(braced_word) @block
