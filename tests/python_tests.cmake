# Every unittest method of a folder's *_test.py becomes a CTest case: "PREFIX AREA: Class: what the name says".
# What cannot run here ends with status 77 and is SKIPPED.
function(add_python_tests prefix)
  cmake_parse_arguments(python "" "" "ENVIRONMENT" ${ARGN})
  file(GLOB paths CONFIGURE_DEPENDS *_test.py)
  foreach(path ${paths})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    get_filename_component(name ${path} NAME_WE)
    string(REGEX REPLACE "_test$" "" area ${name})
    file(STRINGS ${path} lines REGEX "^class [A-Za-z]+|^    def test_")
    foreach(line ${lines})
      if(line MATCHES "^class ([A-Za-z]+)")
        set(class ${CMAKE_MATCH_1})
      elseif(line MATCHES "def test_([a-z0-9_]+)")
        set(method test_${CMAKE_MATCH_1})  # before the next regular expression forgets it
        string(REPLACE "_" " " sentence ${CMAKE_MATCH_1})
        set(test "${prefix} ${area}: ${class}: ${sentence}")
        add_test(NAME "${test}" COMMAND ${Python_EXECUTABLE} -B ${path} ${class}.${method})
        set_tests_properties("${test}" PROPERTIES ENVIRONMENT "${python_ENVIRONMENT}"
          TIMEOUT ${patience_s} SKIP_RETURN_CODE 77)
      endif()
    endforeach()
  endforeach()
endfunction()
