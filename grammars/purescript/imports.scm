(import module: (qualified_module) @path) @import
(import
  module: (qualified_module) @path
  imports: (import_list (import_item (_) @name))) @import
