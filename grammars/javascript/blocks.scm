[(statement_block) (class_body) (switch_body) (object) (array) (template_substitution)] @block
