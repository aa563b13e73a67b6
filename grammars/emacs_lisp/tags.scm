(function_definition name: (symbol) @name docstring: (string)? @doc) @definition.function
(macro_definition name: (symbol) @name docstring: (string)? @doc) @definition.macro
(special_form "defconst" . (symbol) @name) @definition.constant
(special_form "defvar" . (symbol) @name) @definition.variable
(list . (symbol) @_define . (symbol) @name
  (#any-of? @_define "defcustom" "defvar-local" "defface" "defgroup")) @definition.variable
(list . (symbol) @_define . (symbol) @name
  (#any-of? @_define
    "cl-defun" "cl-defmethod" "cl-defgeneric" "define-minor-mode" "define-derived-mode"
    "define-globalized-minor-mode" "ert-deftest")) @definition.function
(list . (symbol) @_define . (symbol) @name (#eq? @_define "cl-defmacro")) @definition.macro
(list . (symbol) @_define . [(symbol) @name (list . (symbol) @name)]
  (#any-of? @_define "cl-defstruct" "defclass")) @definition.class

(list . (symbol) @name) @reference.call
(quote "#'" (symbol) @name) @reference.call
