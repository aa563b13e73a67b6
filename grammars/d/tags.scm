(module_declaration (module_fqn) @name) @definition.module
(class_declaration (identifier) @name) @definition.class
(struct_declaration (identifier) @name) @definition.class
(interface_declaration (identifier) @name) @definition.interface
(union_declaration (identifier) @name) @definition.class
(enum_declaration (identifier) @name) @definition.enum
(enum_member . (identifier) @name) @definition.constant
(function_declaration (type) . (identifier) @name) @definition.function
(auto_declaration (identifier) @name) @definition.variable
(constructor (this) @name) @definition.method
(manifest_constant (manifest_declarator (identifier) @name)) @definition.constant
(alias_declaration (alias_initializer . (identifier) @name)) @definition.type
(aggregate_body (variable_declaration (declarator . (identifier) @name)) @definition.field)
(template_declaration (identifier) @name) @definition.function

(call_expression . (identifier) @name) @reference.call
(call_expression . (property_expression (identifier) @name .)) @reference.call
(call_expression . (type (identifier) @name .)) @reference.call
(base_class (identifier) @name) @reference.type
(type (identifier) @name) @reference.type
