"""The cheapest one-to-one assignment, by the Hungarian method.

Source: H. W. Kuhn, The Hungarian Method for the Assignment Problem (1955), in the
form with potentials and shortest augmenting paths. O(rows² · columns).
"""

from collections.abc import Mapping, Sequence

# Exact integers: with floats, equal costs would be told apart by rounding.
_NEVER = 1 << 62


def assign(costs: Mapping[tuple[int, int], int], rows: int) -> dict[int, int]:
    """Assign as many rows as can be, at the least cost among all such ways.

    :param costs: what each possible pair of a row and a column costs, at least 0;
        pairs that are not in it are impossible
    :return: {row: column}; rows that got none are left out
    """
    columns = sorted({column for _row, column in costs})
    place = {column: index for index, column in enumerate(columns)}
    # A row may stay alone, in a column of its own that costs more than any change of
    # the others could save.
    alone = 1 + sum(sorted(costs.values())[-rows:]) if costs else 1
    width = len(columns) + rows
    matrix = [[_NEVER] * width for _ in range(rows)]
    for (row, column), cost in costs.items():
        matrix[row][place[column]] = cost
    for row in range(rows):
        matrix[row][len(columns) + row] = alone
    found = _solve(matrix)
    return {
        row: columns[index] for row, index in enumerate(found) if index < len(columns)
    }


def _solve(matrix: Sequence[Sequence[int]]) -> list[int]:
    """The column of every row. There have to be at least as many columns as rows."""
    rows, width = len(matrix), len(matrix[0]) if matrix else 0
    of_row, of_column = [0] * (rows + 1), [0] * (width + 1)
    row_at = [0] * (width + 1)
    for row in range(1, rows + 1):
        row_at[0] = row
        way = _augment(matrix, row_at, of_row, of_column)
        column = way[0]
        while column:
            previous = way[1][column]
            row_at[column] = row_at[previous]
            column = previous
    found = [0] * rows
    for column in range(1, width + 1):
        if row_at[column]:
            found[row_at[column] - 1] = column - 1
    return found


def _augment(matrix, row_at, of_row, of_column) -> tuple[int, list[int]]:
    """A shortest path from the new row to a free column: its end, and the way back."""
    width = len(of_column) - 1
    least, seen = [_NEVER] * (width + 1), [False] * (width + 1)
    back = [0] * (width + 1)
    column = 0
    while row_at[column]:
        seen[column] = True
        row, delta, nearest = row_at[column], _NEVER, 0
        costs = matrix[row - 1]
        for other in range(1, width + 1):
            if seen[other]:
                continue
            reduced = costs[other - 1] - of_row[row] - of_column[other]
            if reduced < least[other]:
                least[other], back[other] = reduced, column
            if least[other] < delta:
                delta, nearest = least[other], other
        for other in range(width + 1):
            if seen[other]:
                of_row[row_at[other]] += delta
                of_column[other] -= delta
            else:
                least[other] -= delta
        column = nearest
    return column, back
