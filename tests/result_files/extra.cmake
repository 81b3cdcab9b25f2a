# SPDX-License-Identifier: Apache-2.0
# Result files examined by other programs: Python's csv module and gnuplot. Included by tests/CMakeLists.txt.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_program(GNUPLOT gnuplot REQUIRED)

add_executable(write_result_example ${CMAKE_CURRENT_LIST_DIR}/example/write_result_example.cpp)
target_link_libraries(write_result_example PRIVATE sim_result_files)

set(result_example ${CMAKE_CURRENT_BINARY_DIR}/result_example)
add_test(NAME "result_files: result files are written for other programs" COMMAND write_result_example ${result_example})
add_test(NAME "result_files: other programs read every result file, and gnuplot plots what the CSV says"
         COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/check_result_files.py ${result_example}
                 ${result_example}_plots)
set_tests_properties("result_files: result files are written for other programs" PROPERTIES FIXTURES_SETUP result_example)
set_tests_properties("result_files: other programs read every result file, and gnuplot plots what the CSV says"
                     PROPERTIES FIXTURES_REQUIRED result_example)
