(use_statement
  module: (package) @path
  (quoted_word_list content: (string_content) @name)?
  (#not-match? @path
    "^(strict|warnings|constant|utf8|feature|vars|lib)$")) @import
(require_expression (_) @path) @import
