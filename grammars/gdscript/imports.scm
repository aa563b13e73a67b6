(call
  . (identifier) @_load
  arguments: (arguments (string) @path)
  (#any-of? @_load "preload" "load")) @import
