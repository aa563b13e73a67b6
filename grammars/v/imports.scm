(import_declaration path: (import_path) @path) @import
(import_declaration
  path: (import_path) @path
  symbols: (import_symbols (import_symbols_list (_) @name))) @import
