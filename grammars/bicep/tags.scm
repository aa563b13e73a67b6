(parameter_declaration . (identifier) @name) @definition.variable
(variable_declaration . (identifier) @name) @definition.variable
(resource_declaration . (identifier) @name) @definition.section
(module_declaration . (identifier) @name) @definition.module
(output_declaration . (identifier) @name) @definition.variable
(type_declaration . (identifier) @name) @definition.type
(user_defined_function . (identifier) @name) @definition.function
(object_property . (identifier) @name) @definition.field

(call_expression function: (identifier) @name) @reference.call
(member_expression object: (identifier) @name) @reference.value
