(function_call
  name: (identifier) @_require
  arguments: (arguments (string) @path)
  (#any-of? @_require "require" "dofile" "loadfile")) @import
