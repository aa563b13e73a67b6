(type_declaration (class_block name: (identifier) @name)) @definition.class
(type_declaration (module_block name: (identifier) @name)) @definition.module
(type_declaration (structure_block name: (identifier) @name)) @definition.class
(type_declaration (interface_block name: (identifier) @name)) @definition.interface
(type_declaration (enum_block name: (identifier) @name)) @definition.enum
(enum_member name: (identifier) @name) @definition.constant
(namespace_block name: (_) @name) @definition.module
(module_block (method_declaration name: (identifier) @name) @definition.function)
(method_declaration name: (identifier) @name) @definition.method
(const_declaration name: (identifier) @name) @definition.constant
(property_declaration name: (identifier) @name) @definition.field
(field_declaration (variable_declarator name: (identifier) @name)) @definition.field

(invocation target: (identifier) @name) @reference.call
(invocation target: (member_access member: (identifier) @name)) @reference.call
(type (namespace_name (identifier) @name .)) @reference.type
