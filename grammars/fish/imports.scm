(command
  name: (word) @_source
  . argument: (_) @path
  (#any-of? @_source "source" ".")) @import
