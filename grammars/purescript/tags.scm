(data name: (type) @name) @definition.type
(data (constructor) @name @definition.constant)
(newtype name: (type) @name) @definition.type
(newtype_constructor (constructor) @name) @definition.constant
(type_alias name: (type) @name) @definition.type
(class_declaration (class_head (class_name (type) @name))) @definition.interface
(class_body (signature name: (variable) @name) @definition.method)
; A signature and the equations under it are one function.
(purescript (signature name: (variable) @name) @definition.function @clause)
(purescript (function name: (variable) @name) @definition.function @clause)
(declarations (function name: (variable) @name) @definition.function @clause)

(exp_apply . (exp_name (variable) @name)) @reference.call
(exp_apply . (exp_name (constructor) @name)) @reference.call
(type_name (type) @name) @reference.type
