(list . (symbol) @_define . (list . (symbol) @name)
  (#any-of? @_define "define" "define/contract")) @definition.function
(list . (symbol) @_define . (list . (list . (symbol) @name)) (#eq? @_define "define")) @definition.function
(list . (symbol) @_define . [(symbol) @name (list . (symbol) @name)]
  (#any-of? @_define "define/public" "define/private" "define/override" "define/augment")) @definition.method
(list . (symbol) @_define . (symbol) @name . (list . (symbol) @_lambda)
  (#eq? @_define "define")
  (#any-of? @_lambda "lambda" "λ" "case-lambda")) @definition.function
(list . (symbol) @_define . (symbol) @name . (list . (symbol) @_class)
  (#eq? @_define "define")
  (#any-of? @_class "class" "class*" "mixin")) @definition.class
(list . (symbol) @_define . (list . (symbol) @name)
  (#any-of? @_define "define-syntax-rule" "define-syntax" "define-simple-macro" "define-syntax-parse-rule")) @definition.macro
(list . (symbol) @_define . (symbol) @name (#eq? @_define "define-syntax")) @definition.macro
(list . (symbol) @_define . [(symbol) @name (list . (symbol) @name)]
  (#any-of? @_define "struct" "define-struct")) @definition.class
(list . (symbol) @_define . (symbol) @name (#any-of? @_define "module" "module*" "module+")) @definition.module
(list . (symbol) @_define . (symbol) @name (#any-of? @_define "define" "define/contract")) @definition.variable

(list . (symbol) @name) @reference.call
