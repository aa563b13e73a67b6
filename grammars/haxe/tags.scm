(class_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.interface
(typedef_declaration name: (identifier) @name) @definition.type
(function_declaration name: (_) @name) @definition.function
(class_declaration body: (block (variable_declaration name: (identifier) @name) @definition.field))

(call_expression object: (identifier) @name) @reference.call
(call_expression object: (member_expression member: (identifier) @name)) @reference.call
(class_declaration super_class_name: (type_name) @name) @reference.type
(class_declaration interface_name: (type_name) @name) @reference.type
