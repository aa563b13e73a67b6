(call
  !receiver
  method: (identifier) @_method
  arguments: (argument_list . (string) @path)
  (#any-of? @_method "require" "require_relative" "load" "autoload")) @import
