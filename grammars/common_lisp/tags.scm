(list_lit (defun
  (defun_header keyword: (defun_keyword "defmacro") function_name: (_) @name)
  . value: (str_lit)? @doc)) @definition.macro
(list_lit (defun
  (defun_header keyword: (defun_keyword ["defmethod" "defgeneric"]) function_name: (_) @name)
  . value: (str_lit)? @doc)) @definition.method
(list_lit (defun
  (defun_header function_name: (_) @name)
  . value: (str_lit)? @doc)) @definition.function
(list_lit
  . value: (sym_lit) @_define
  . value: (_) @name
  (#match? @_define "(?i)^def(class|struct)$")) @definition.class
(list_lit
  . value: (sym_lit) @_define
  . value: (sym_lit) @name
  (#match? @_define "(?i)^(deftype|define-condition)$")) @definition.type
(list_lit
  . value: (sym_lit) @_define
  . value: (sym_lit) @name
  (#match? @_define "(?i)^defconstant$")) @definition.constant
(list_lit
  . value: (sym_lit) @_define
  . value: (sym_lit) @name
  (#match? @_define "(?i)^def(var|parameter)$")) @definition.variable
(list_lit
  . value: (sym_lit) @_define
  . value: (_) @name
  (#match? @_define "(?i)^defpackage$")) @definition.module

(list_lit . value: (sym_lit) @name) @reference.call
(list_lit . value: (package_lit symbol: (sym_lit) @name)) @reference.call
