(function_call
  name: (identifier) @_require
  arguments: (arguments (_) @path)
  (#eq? @_require "require")) @import
