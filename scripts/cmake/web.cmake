# flead_web(OUT_LIST NAME SOURCE DEPENDS...): builds one asset of src/serve/web into the build
# folder's web/NAME: TypeScript and CSS go through esbuild (no npm package is involved), other files
# are copied. With MODULE a script keeps its exports. With COMPRESS also NAME.gz and NAME.br, so serving one costs nothing. Appends what it
# made to OUT_LIST.
find_program(ESBUILD esbuild REQUIRED)
find_program(GZIP gzip REQUIRED)
find_program(BROTLI brotli REQUIRED)

function(flead_web out_list name source)
  cmake_parse_arguments(arg "COMPRESS;MODULE" "" "DEPENDS" ${ARGN})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/web/${name})
  cmake_path(GET source EXTENSION LAST_ONLY extension)
  if(extension STREQUAL ".ts")
    # import() is newer, but every browser with <dialog> has it.
    set(format iife)
    if(arg_MODULE)
      set(format esm)
    endif()
    set(build ${ESBUILD} ${source} --bundle --minify --format=${format} --target=es2019
              --supported:dynamic-import=true --charset=utf8 --log-level=warning --outfile=${out})
  elseif(extension STREQUAL ".css")
    set(build ${ESBUILD} ${source} --bundle --minify --log-level=warning --outfile=${out})
  else()
    set(build ${CMAKE_COMMAND} -E copy ${source} ${out})
  endif()
  set(made ${out})
  set(compress "")
  if(arg_COMPRESS)
    list(APPEND made ${out}.gz ${out}.br)
    set(compress COMMAND ${GZIP} -9 -n -k -f ${out} COMMAND ${BROTLI} -q 11 -f -k -o ${out}.br ${out})
  endif()
  add_custom_command(OUTPUT ${made} COMMAND ${build} ${compress}
                     DEPENDS ${source} ${arg_DEPENDS} COMMENT "Asset ${name}" VERBATIM)
  set(${out_list} ${${out_list}} ${made} PARENT_SCOPE)
endfunction()
