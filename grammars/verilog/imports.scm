(include_compiler_directive (double_quoted_string) @path) @import
(package_import_item (package_identifier) @path) @import
