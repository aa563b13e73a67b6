(list
  . (symbol) @_load
  . [(quote (symbol) @path) (string) @path (symbol) @path]
  (#any-of? @_load "require" "load" "autoload" "use-package")) @import
