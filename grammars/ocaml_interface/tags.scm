(exception_definition (constructor_declaration (constructor_name) @name)) @definition.type
(module_definition (module_binding (module_name) @name)) @definition.module
(module_type_definition (module_type_name) @name) @definition.interface
(class_definition (class_binding (class_name) @name)) @definition.class
(type_definition (type_binding name: (type_constructor) @name)) @definition.type
(constructor_declaration (constructor_name) @name) @definition.constant
(field_declaration (field_name) @name) @definition.field
(value_specification (value_name) @name) @definition.function
(external (value_name) @name) @definition.function

(type_constructor_path (type_constructor) @name) @reference.type
(module_path (module_name) @name) @reference.type
