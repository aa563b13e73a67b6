(exception_definition (constructor_declaration (constructor_name) @name)) @definition.type
(module_definition (module_binding (module_name) @name)) @definition.module
(module_type_definition (module_type_name) @name) @definition.interface
(class_definition (class_binding (class_name) @name)) @definition.class
(method_definition (method_name) @name) @definition.method
(type_definition (type_binding name: (type_constructor) @name)) @definition.type
(constructor_declaration (constructor_name) @name) @definition.constant
(field_declaration (field_name) @name) @definition.field
(value_specification (value_name) @name) @definition.function
(external (value_name) @name) @definition.function
(value_definition (let_binding pattern: (value_name) @name (parameter))) @definition.function
(value_definition (let_binding
  pattern: (value_name) @name
  body: [(function_expression) (fun_expression)])) @definition.function
(compilation_unit (value_definition (let_binding pattern: (value_name) @name)) @definition.variable)
(structure (value_definition (let_binding pattern: (value_name) @name)) @definition.variable)

(application_expression function: (value_path (value_name) @name)) @reference.call
(application_expression function: (constructor_path (constructor_name) @name)) @reference.call
(infix_expression right: (value_path (value_name) @name)) @reference.value
(method_invocation (method_name) @name) @reference.call
(new_expression (class_path (class_name) @name)) @reference.type
(type_constructor_path (type_constructor) @name) @reference.type
(module_path (module_name) @name) @reference.type
