package cli

import (
	"context"
	"io"

	"remit/assign"
	"remit/warehouse"
)

// parquet lets a run read and write Parquet through the warehouse.
type parquet struct{}

func (parquet) Read(ctx context.Context, path string) (assign.ParquetRows, error) {
	s, err := warehouse.ParquetToCSV(ctx, path, 0)
	if err != nil {
		return nil, fail(exitInput, err, "")
	}
	return s, nil
}

func (parquet) Write(ctx context.Context, r io.Reader, types map[string]string, path string) error {
	_, err := warehouse.CSVToParquet(ctx, r, types, path)
	return err
}
