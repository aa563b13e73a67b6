; The specification and the clauses of a function are one function.
(spec fun: (atom) @name) @definition.function @clause
(fun_decl clause: (function_clause name: (atom) @name)) @definition.function @clause
(module_attribute name: (atom) @name) @definition.module
(pp_define lhs: (macro_lhs name: (_) @name)) @definition.macro
(record_decl name: (atom) @name) @definition.class
(record_decl fields: (record_field name: (atom) @name) @definition.field)
(type_alias name: (type_name name: (atom) @name)) @definition.type
(opaque name: (type_name name: (atom) @name)) @definition.type
(callback fun: (atom) @name) @definition.method

(call expr: (atom) @name) @reference.call
(call expr: (remote fun: (atom) @name)) @reference.call
(macro_call_expr name: (_) @name) @reference.macro
(record_name name: (atom) @name) @reference.type
(internal_fun fun: (atom) @name) @reference.call
