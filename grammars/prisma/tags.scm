(model_block . (identifier) @name) @definition.class
(enum_block . (identifier) @name) @definition.enum
(enum_block . (identifier) (identifier) @name @definition.constant)
(key_value_block . (identifier) @name) @definition.section
(model_field field_name: (identifier) @name) @definition.field

(apply_function name: (identifier) @name) @reference.call
(field_type (_ (identifier) @name)) @reference.type
(field_type (_ (_ (identifier) @name))) @reference.type
