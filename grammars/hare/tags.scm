(function_declaration name: (identifier) @name) @definition.function
(type_declaration (identifier) @name) @definition.type
(constant_declaration (identifier) @name) @definition.constant
(field . (identifier) @name) @definition.field

(call_expression callee: (identifier) @name) @reference.call
(call_expression callee: (scoped_type_identifier name: (_) @name)) @reference.call
(pointer_type (identifier) @name) @reference.type
