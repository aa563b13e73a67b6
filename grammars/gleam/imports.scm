(import module: (module) @path) @import
(import
  module: (module) @path
  imports: (unqualified_imports (unqualified_import name: (_) @name))) @import
