(module_declaration (module_header (simple_identifier) @name)) @definition.module
(interface_declaration (interface_ansi_header (interface_identifier (simple_identifier) @name))) @definition.interface
(package_declaration (package_identifier (simple_identifier) @name)) @definition.module
(class_declaration (class_identifier (simple_identifier) @name)) @definition.class
(function_declaration (function_body_declaration
  (function_identifier (function_identifier (simple_identifier) @name)))) @definition.function
(task_declaration (task_body_declaration
  (task_identifier (task_identifier (simple_identifier) @name)))) @definition.function
(text_macro_definition (text_macro_name (text_macro_identifier (simple_identifier) @name))) @definition.macro
(param_assignment (parameter_identifier (simple_identifier) @name)) @definition.constant

(tf_call (simple_identifier) @name) @reference.call
(module_instantiation . (simple_identifier) @name) @reference.type
