; The last label of a block is its name.
(block (identifier) (string_lit (template_literal) @name) . (block_start)) @definition.section
(block (identifier) (identifier) @name . (block_start)) @definition.section
(attribute (identifier) @name) @definition.field

(function_call (identifier) @name) @reference.call
(get_attr (identifier) @name) @reference.value
