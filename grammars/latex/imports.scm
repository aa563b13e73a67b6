(class_include path: (curly_group_path path: (path) @path)) @import
(package_include paths: (curly_group_path_list path: (path) @path)) @import
(latex_include path: (curly_group_path path: (path) @path)) @import
(bibtex_include paths: (curly_group_path_list path: (path) @path)) @import
