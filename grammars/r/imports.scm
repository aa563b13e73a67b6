(call
  function: (identifier) @_load
  arguments: (arguments . argument: (argument value: (_) @path))
  (#any-of? @_load "library" "require" "requireNamespace" "source")) @import
