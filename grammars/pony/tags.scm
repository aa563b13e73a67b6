(class_definition (identifier) @name) @definition.class
(actor_definition (identifier) @name) @definition.class
(struct_definition (identifier) @name) @definition.class
(primitive_definition (identifier) @name) @definition.class
(interface_definition (identifier) @name) @definition.interface
(trait_definition (identifier) @name) @definition.interface
(type_alias (identifier) @name) @definition.type
(method (identifier) @name) @definition.method
(behavior (identifier) @name) @definition.method
(constructor (identifier) @name) @definition.method
(field name: (identifier) @name) @definition.field

(call_expression callee: (identifier) @name) @reference.call
(call_expression callee: (member_expression (identifier) @name .)) @reference.call
(base_type name: (identifier) @name) @reference.type
