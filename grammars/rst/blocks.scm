[(directive) (paragraph) (literal_block) (bullet_list)] @block
