(proc_declaration name: [(identifier) @name (exported_symbol (identifier) @name)]) @definition.function
(func_declaration name: [(identifier) @name (exported_symbol (identifier) @name)]) @definition.function
(method_declaration name: [(identifier) @name (exported_symbol (identifier) @name)]) @definition.method
(iterator_declaration name: [(identifier) @name (exported_symbol (identifier) @name)]) @definition.function
(template_declaration name: [(identifier) @name (exported_symbol (identifier) @name)]) @definition.macro
(macro_declaration name: [(identifier) @name (exported_symbol (identifier) @name)]) @definition.macro
(type_declaration
  (type_symbol_declaration name: [(identifier) @name (exported_symbol (identifier) @name)])
  (enum_declaration)) @definition.enum
(type_declaration
  (type_symbol_declaration name: [(identifier) @name (exported_symbol (identifier) @name)])
  (object_declaration)) @definition.class
(type_declaration
  (type_symbol_declaration name: [(identifier) @name (exported_symbol (identifier) @name)])) @definition.type
(field_declaration (symbol_declaration_list
  (symbol_declaration name: [(identifier) @name (exported_symbol (identifier) @name)]))) @definition.field
(enum_field_declaration (symbol_declaration name: (identifier) @name)) @definition.constant
(source_file (const_section (variable_declaration (symbol_declaration_list
  (symbol_declaration name: [(identifier) @name (exported_symbol (identifier) @name)]))) @definition.constant))
(source_file (_ (variable_declaration (symbol_declaration_list
  (symbol_declaration name: [(identifier) @name (exported_symbol (identifier) @name)]))) @definition.variable))

(call function: (identifier) @name) @reference.call
(call function: (dot_expression right: (identifier) @name)) @reference.call
(type_expression (identifier) @name) @reference.type
