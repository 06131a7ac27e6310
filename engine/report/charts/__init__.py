"""One file per chart: data in, a Plotly figure (or HTML) with its words out. They live here, not in the app, because the report draws them too."""
