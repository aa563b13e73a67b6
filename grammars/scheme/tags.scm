(list . (symbol) @_define . (list . (symbol) @name)
  (#any-of? @_define "define" "define*" "define-public")) @definition.function
(list . (symbol) @_define . (list . (list . (symbol) @name)) (#eq? @_define "define")) @definition.function
(list . (symbol) @_define . (symbol) @name . (list . (symbol) @_lambda)
  (#eq? @_define "define")
  (#any-of? @_lambda "lambda" "case-lambda" "lambda*")) @definition.function
(list . (symbol) @_define . (symbol) @name (#any-of? @_define "define-syntax" "define-macro")) @definition.macro
(list . (symbol) @_define . (list . (symbol) @name)
  (#any-of? @_define "define-syntax-rule" "define-macro")) @definition.macro
(list . (symbol) @_define . [(symbol) @name (list . (symbol) @name)]
  (#any-of? @_define "define-record-type" "define-class")) @definition.class
(list . (symbol) @_define . (_) @name (#any-of? @_define "library" "define-library" "define-module")) @definition.module
(list . (symbol) @_define . (symbol) @name (#eq? @_define "define")) @definition.variable

(list . (symbol) @name) @reference.call
