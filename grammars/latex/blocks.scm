[(generic_environment) (section) (subsection) (subsubsection) (chapter) (curly_group)] @block
