(fn name: (_) @name docstring: (_)? @doc) @definition.function
(lambda name: (_) @name) @definition.function
(list . (symbol) @_macro . (symbol) @name (#any-of? @_macro "macro")) @definition.macro
(program (local (binding (symbol) @name)) @definition.constant)
(program (var (binding (symbol) @name)) @definition.variable)
(program (global (binding (symbol) @name)) @definition.variable)

(list . (symbol) @name) @reference.call
(list . (multi_symbol (symbol) @name .)) @reference.call
