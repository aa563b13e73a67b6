(entity_declaration name: (identifier) @name) @definition.class
(architecture_body name: (identifier) @name entity: (simple_name) @container) @definition.module
(package_declaration name: (identifier) @name) @definition.module
(package_body package: (simple_name) @name) @definition.module
(function_body designator: (identifier) @name) @definition.function
(function_declaration designator: (identifier) @name) @definition.function
(procedure_body designator: (identifier) @name) @definition.function
(procedure_declaration designator: (identifier) @name) @definition.function
(component_declaration name: (identifier) @name) @definition.class
(constant_declaration (identifier_list (identifier) @name)) @definition.constant
(signal_declaration (identifier_list (identifier) @name)) @definition.variable
(full_type_declaration name: (identifier) @name) @definition.type
(subtype_declaration name: (identifier) @name) @definition.type
(signal_interface_declaration (identifier_list (identifier) @name)) @definition.field

(ambiguous_name prefix: (simple_name) @name) @reference.call
(procedure_call_statement procedure: (simple_name) @name) @reference.call
(type_mark (simple_name) @name) @reference.type
(architecture_body entity: (simple_name) @name) @reference.type
